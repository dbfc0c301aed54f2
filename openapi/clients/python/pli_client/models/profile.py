from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.statement import Statement


T = TypeVar("T", bound="Profile")


@_attrs_define
class Profile:
    """A user, as others see them.

    Attributes:
        id (UUID): The account's identifier. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        key_history (list[Statement]): The key history, oldest statement first; empty while the account has no keys.
        username (str): The account's handle, the `sub` of its key statements. Example: alice.
        created_at (datetime.datetime | Unset): When the account was registered. Absent once it has been deleted.
            Example: 2026-11-02T09:30:00.000Z.
        deleted (bool | Unset): True when the account has been deleted; otherwise absent. Example: True.
        email (str | Unset): The e-mail address; only for oneself and for staff. Example: alice@example.org.
    """

    id: UUID
    key_history: list[Statement]
    username: str
    created_at: datetime.datetime | Unset = UNSET
    deleted: bool | Unset = UNSET
    email: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        key_history = []
        for key_history_item_data in self.key_history:
            key_history_item = key_history_item_data.to_dict()
            key_history.append(key_history_item)

        username = self.username

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        deleted = self.deleted

        email = self.email

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "key_history": key_history,
                "username": username,
            }
        )
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if deleted is not UNSET:
            field_dict["deleted"] = deleted
        if email is not UNSET:
            field_dict["email"] = email

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.statement import Statement

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        key_history = []
        _key_history = d.pop("key_history")
        for key_history_item_data in _key_history:
            key_history_item = Statement.from_dict(key_history_item_data)

            key_history.append(key_history_item)

        username = d.pop("username")

        _created_at = d.pop("created_at", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        deleted = d.pop("deleted", UNSET)

        email = d.pop("email", UNSET)

        profile = cls(
            id=id,
            key_history=key_history,
            username=username,
            created_at=created_at,
            deleted=deleted,
            email=email,
        )

        profile.additional_properties = d
        return profile

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
