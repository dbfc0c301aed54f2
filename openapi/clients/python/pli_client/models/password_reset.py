from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PasswordReset")


@_attrs_define
class PasswordReset:
    """A password in place of the forgotten one.

    Attributes:
        new_password (str): The password that holds from now on. Example: Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        wrapped_keys (str): The private keys under the new password: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    new_password: str
    wrapped_keys: str

    def to_dict(self) -> dict[str, Any]:
        new_password = self.new_password

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "new_password": new_password,
                "wrapped_keys": wrapped_keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        new_password = d.pop("new_password")

        wrapped_keys = d.pop("wrapped_keys")

        password_reset = cls(
            new_password=new_password,
            wrapped_keys=wrapped_keys,
        )

        return password_reset
