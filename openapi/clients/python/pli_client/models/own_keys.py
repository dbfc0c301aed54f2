from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.statement import Statement


T = TypeVar("T", bound="OwnKeys")


@_attrs_define
class OwnKeys:
    """An account's own keys.

    Attributes:
        has_recovery (bool): Whether there is a copy under a recovery code. Example: True.
        key_history (list[Statement]): The key history, oldest statement first; empty without keys.
        wrapped_keys (str | Unset): The private keys under the password: a compact JWE. Absent without keys. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    has_recovery: bool
    key_history: list[Statement]
    wrapped_keys: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        has_recovery = self.has_recovery

        key_history = []
        for key_history_item_data in self.key_history:
            key_history_item = key_history_item_data.to_dict()
            key_history.append(key_history_item)

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "has_recovery": has_recovery,
                "key_history": key_history,
            }
        )
        if wrapped_keys is not UNSET:
            field_dict["wrapped_keys"] = wrapped_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.statement import Statement

        d = dict(src_dict)
        has_recovery = d.pop("has_recovery")

        key_history = []
        _key_history = d.pop("key_history")
        for key_history_item_data in _key_history:
            key_history_item = Statement.from_dict(key_history_item_data)

            key_history.append(key_history_item)

        wrapped_keys = d.pop("wrapped_keys", UNSET)

        own_keys = cls(
            has_recovery=has_recovery,
            key_history=key_history,
            wrapped_keys=wrapped_keys,
        )

        own_keys.additional_properties = d
        return own_keys

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
