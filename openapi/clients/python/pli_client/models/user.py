from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="User")


@_attrs_define
class User:
    """A user, as staff sees them.

    Attributes:
        created_at (datetime.datetime): When the account was registered. Example: 2026-11-02T09:30:00.000Z.
        email (str): The e-mail address. Example: alice@example.org.
        id (UUID): The account's identifier. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        is_active (bool): Whether the account may sign in and be written to. Example: True.
        is_staff (bool): Whether the account is staff. Example: False.
        username (str): The account's handle. Example: alice.
    """

    created_at: datetime.datetime
    email: str
    id: UUID
    is_active: bool
    is_staff: bool
    username: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        email = self.email

        id = str(self.id)

        is_active = self.is_active

        is_staff = self.is_staff

        username = self.username

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "email": email,
                "id": id,
                "is_active": is_active,
                "is_staff": is_staff,
                "username": username,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        email = d.pop("email")

        id = UUID(d.pop("id"))

        is_active = d.pop("is_active")

        is_staff = d.pop("is_staff")

        username = d.pop("username")

        user = cls(
            created_at=created_at,
            email=email,
            id=id,
            is_active=is_active,
            is_staff=is_staff,
            username=username,
        )

        user.additional_properties = d
        return user

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
