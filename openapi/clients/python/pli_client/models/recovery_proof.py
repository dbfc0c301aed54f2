from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecoveryProof")


@_attrs_define
class RecoveryProof:
    """A name and what proves possession of its recovery code.

    Attributes:
        email (str): E-mail address or username of the account. Example: bob@example.org.
        recovery_secret (str): Derived from the recovery code: 32 bytes in base64url. Example:
            IvLT7x5HCDcZk9oVfailZN96sWpYVC1jigXt7FiRpYg.
    """

    email: str
    recovery_secret: str

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        recovery_secret = self.recovery_secret

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "recovery_secret": recovery_secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        email = d.pop("email")

        recovery_secret = d.pop("recovery_secret")

        recovery_proof = cls(
            email=email,
            recovery_secret=recovery_secret,
        )

        return recovery_proof
