from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="KnownNetwork")


@_attrs_define
class KnownNetwork:
    """A network that the account has signed in from.

    Attributes:
        network (str): A keyed hash of its address: that is all that is kept. Example:
            KTI55fczquGUhyPgaE1kbSVz-w3vtBnfXSCeHx9UeWo.
        used_at (datetime.datetime): When it was last used to sign in. Example: 2026-11-02T09:30:00.000Z.
    """

    network: str
    used_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        network = self.network

        used_at = self.used_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "network": network,
                "used_at": used_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        network = d.pop("network")

        used_at = datetime.datetime.fromisoformat(d.pop("used_at"))

        known_network = cls(
            network=network,
            used_at=used_at,
        )

        known_network.additional_properties = d
        return known_network

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
