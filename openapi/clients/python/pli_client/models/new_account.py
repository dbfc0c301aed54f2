from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_keys import NewKeys


T = TypeVar("T", bound="NewAccount")


@_attrs_define
class NewAccount:
    """A new account.

    Attributes:
        email (str): Its e-mail address. Not verified. Example: alice@example.org.
        password (str): What proves the account at login. Pli's clients send a secret derived from the password, never
            the password. Example: Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        username (str): Its handle. Lower-cased; never changed, never given to anyone else. Example: alice.
        is_staff (bool | Unset): Must be false: staff is made on the command line or by staff. Default: False. Example:
            False.
        keys (NewKeys | Unset): The keys of a new account.
    """

    email: str
    password: str
    username: str
    is_staff: bool | Unset = False
    keys: NewKeys | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        password = self.password

        username = self.username

        is_staff = self.is_staff

        keys: dict[str, Any] | Unset = UNSET
        if not isinstance(self.keys, Unset):
            keys = self.keys.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "password": password,
                "username": username,
            }
        )
        if is_staff is not UNSET:
            field_dict["is_staff"] = is_staff
        if keys is not UNSET:
            field_dict["keys"] = keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.new_keys import NewKeys

        d = dict(src_dict)
        email = d.pop("email")

        password = d.pop("password")

        username = d.pop("username")

        is_staff = d.pop("is_staff", UNSET)

        _keys = d.pop("keys", UNSET)
        keys: NewKeys | Unset
        if isinstance(_keys, Unset):
            keys = UNSET
        else:
            keys = NewKeys.from_dict(_keys)

        new_account = cls(
            email=email,
            password=password,
            username=username,
            is_staff=is_staff,
            keys=keys,
        )

        return new_account
