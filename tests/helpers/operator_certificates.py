"""An operator who provides certificates: two, one after the other, of an authority's authority."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import certificates

FIRST, NEXT = "first", "next"


@dataclass(frozen=True)
class Operator:
    """Files on the controller, and the serial number of each certificate."""

    folder: Path
    serials: dict[str, int]

    def choices(self, which: str) -> dict[str, str]:
        """What the operator writes into an inventory for one of them."""
        return {
            "tls_provider": "provided",
            "tls_provided_certificate": str(self.folder / which / certificates.CERTIFICATE),
            "tls_provided_key": str(self.folder / which / certificates.KEY),
            "tls_provided_ca": str(self.folder / "root" / certificates.AUTHORITY),
        }

    def trusted_with(self, private: str) -> Path:
        """Whom visitors trust who know the operator's authority, and this one (PEM)."""
        both = self.folder / "both.pem"
        both.write_text(private + (self.folder / "root" / certificates.AUTHORITY).read_text())
        return both


def make_operator(folder: Path, names: Sequence[str]) -> Operator:
    """One with certificates for these names, whose authority is none that a site has heard of."""
    root = certificates.make_authority(folder / "root", "The operator's authority")
    issuing = certificates.make_authority(folder / "issuing", "One that it trusts", issuer=root)
    serials = {}
    for which in (FIRST, NEXT):
        own = folder / which
        own.mkdir()
        made = certificates.issue(issuing, names, own, with_chain=True)
        serials[which] = made.serial_number
    return Operator(folder, serials)
