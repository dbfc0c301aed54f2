from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="NewRecovery")


@_attrs_define
class NewRecovery:
    """A second copy of the private keys, under a recovery code.

    Attributes:
        recovery_secret (str): Proves possession of the recovery code: 32 bytes in base64url. Example:
            uFjtIKIibnPQ8pHr8E4IstQCNI2Pk6VI7uZwut1wNa8.
        wrapped_keys (str): The private keys under the recovery code: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    recovery_secret: str
    wrapped_keys: str

    def to_dict(self) -> dict[str, Any]:
        recovery_secret = self.recovery_secret

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "recovery_secret": recovery_secret,
                "wrapped_keys": wrapped_keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        recovery_secret = d.pop("recovery_secret")

        wrapped_keys = d.pop("wrapped_keys")

        new_recovery = cls(
            recovery_secret=recovery_secret,
            wrapped_keys=wrapped_keys,
        )

        return new_recovery
