from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Session")


@_attrs_define
class Session:
    """A sign-in on a device.

    Attributes:
        created_at (datetime.datetime): When it signed in. Example: 2026-11-02T09:30:00.000Z.
        id (UUID): The session's identifier. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        is_current (bool): Whether it is the one that asks. Example: True.
        label (str): What the device says it is, such as `Firefox on Linux`. Example: Firefox on Linux.
        used_at (datetime.datetime): When it was last used, to five minutes. Example: 2026-11-02T09:30:00.000Z.
    """

    created_at: datetime.datetime
    id: UUID
    is_current: bool
    label: str
    used_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat()

        id = str(self.id)

        is_current = self.is_current

        label = self.label

        used_at = self.used_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "id": id,
                "is_current": is_current,
                "label": label,
                "used_at": used_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        id = UUID(d.pop("id"))

        is_current = d.pop("is_current")

        label = d.pop("label")

        used_at = datetime.datetime.fromisoformat(d.pop("used_at"))

        session = cls(
            created_at=created_at,
            id=id,
            is_current=is_current,
            label=label,
            used_at=used_at,
        )

        session.additional_properties = d
        return session

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
