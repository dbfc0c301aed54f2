from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_keys import NewKeys


T = TypeVar("T", bound="PasswordChange")


@_attrs_define
class PasswordChange:
    """A new password.

    Attributes:
        current_password (str): The password that holds until now. Example: Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        new_password (str): The one that holds from now on. Example: Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        keys (NewKeys | Unset): The keys of a new account.
        wrapped_keys (str | Unset): The private keys under the new password: a compact JWE. Required once there are
            keys. Example: eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    current_password: str
    new_password: str
    keys: NewKeys | Unset = UNSET
    wrapped_keys: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        current_password = self.current_password

        new_password = self.new_password

        keys: dict[str, Any] | Unset = UNSET
        if not isinstance(self.keys, Unset):
            keys = self.keys.to_dict()

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "current_password": current_password,
                "new_password": new_password,
            }
        )
        if keys is not UNSET:
            field_dict["keys"] = keys
        if wrapped_keys is not UNSET:
            field_dict["wrapped_keys"] = wrapped_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.new_keys import NewKeys

        d = dict(src_dict)
        current_password = d.pop("current_password")

        new_password = d.pop("new_password")

        _keys = d.pop("keys", UNSET)
        keys: NewKeys | Unset
        if isinstance(_keys, Unset):
            keys = UNSET
        else:
            keys = NewKeys.from_dict(_keys)

        wrapped_keys = d.pop("wrapped_keys", UNSET)

        password_change = cls(
            current_password=current_password,
            new_password=new_password,
            keys=keys,
            wrapped_keys=wrapped_keys,
        )

        return password_change
