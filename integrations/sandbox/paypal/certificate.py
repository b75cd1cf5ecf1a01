"""The certificate that proves PayPal's webhooks: made when the sandbox starts, served at `cert_url`.

What is signed is `transmission id|time|webhook id|CRC32 of the body as an unsigned decimal`, by RSA with SHA-256.
"""

import base64
import uuid
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

ALGORITHM = "SHA256withRSA"
HOST_NAME = "messageverificationcerts.sandbox.paypal.com"
KEY_BITS = 2048


class Seal:
    """A key, its certificate, and signatures under it."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        certificate = _certificate(self._key)
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        self.name = f"CERT-{certificate.fingerprint(hashes.SHA256()).hex()[:24]}"

    def headers(self, webhook_id: str, body: bytes, cert_url: str) -> Mapping[str, str]:
        """The headers that go with a delivery."""
        transmission, time = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signature = self._key.sign(message(transmission, time, webhook_id, body), padding.PKCS1v15(), hashes.SHA256())
        return {
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-TIME": time,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": cert_url,
            "PAYPAL-AUTH-ALGO": ALGORITHM,
        }

    def proves(self, signature: str, signed: bytes) -> bool:
        try:
            given = base64.b64decode(signature, validate=True)
            self._key.public_key().verify(given, signed, padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True


def message(transmission: str, time: str, webhook_id: str, body: bytes) -> bytes:
    return f"{transmission}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sandbox PayPal, not the real one"),
            x509.NameAttribute(NameOID.COMMON_NAME, HOST_NAME),
        ]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
