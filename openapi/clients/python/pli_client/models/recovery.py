from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Recovery")


@_attrs_define
class Recovery:
    """A new recovery code, as the server sees it.

    Attributes:
        current_password (str): The account's password, which stays. Example:
            Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        recovery_secret (str): Proves possession of the recovery code: 32 bytes in base64url. Example:
            IvLT7x5HCDcZk9oVfailZN96sWpYVC1jigXt7FiRpYg.
        recovery_wrapped_keys (str): The private keys under the recovery code: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
        wrapped_keys (str): The private keys under the password, the recovery's wrapping key among them. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    current_password: str
    recovery_secret: str
    recovery_wrapped_keys: str
    wrapped_keys: str

    def to_dict(self) -> dict[str, Any]:
        current_password = self.current_password

        recovery_secret = self.recovery_secret

        recovery_wrapped_keys = self.recovery_wrapped_keys

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "current_password": current_password,
                "recovery_secret": recovery_secret,
                "recovery_wrapped_keys": recovery_wrapped_keys,
                "wrapped_keys": wrapped_keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        current_password = d.pop("current_password")

        recovery_secret = d.pop("recovery_secret")

        recovery_wrapped_keys = d.pop("recovery_wrapped_keys")

        wrapped_keys = d.pop("wrapped_keys")

        recovery = cls(
            current_password=current_password,
            recovery_secret=recovery_secret,
            recovery_wrapped_keys=recovery_wrapped_keys,
            wrapped_keys=wrapped_keys,
        )

        return recovery
