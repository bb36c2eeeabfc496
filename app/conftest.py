"""What every test of the application may use."""

pytest_plugins = ["moztrap.core.testing"]
