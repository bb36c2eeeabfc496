"""Commands on hosts under test that must succeed."""

from testinfra.host import Host


def done(host: Host, command: str, *arguments: str) -> str:
    """Run a command, which must succeed; what it said."""
    result = host.run(command, *arguments)
    assert result.rc == 0, f"{command}\n{result.stdout}{result.stderr}"
    return str(result.stdout)
