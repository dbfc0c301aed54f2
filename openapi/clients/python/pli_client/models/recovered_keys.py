from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.statement import Statement


T = TypeVar("T", bound="RecoveredKeys")


@_attrs_define
class RecoveredKeys:
    """What the recovery code opens.

    Attributes:
        key_history (list[Statement]): The key history, oldest statement first.
        recovery_token (str): JWT for `POST /auth/reset_password`. Good once, for ten minutes. Example:
            eyJ0eXAiOiJyYytqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6IjAxOWE0YzNlLTVlNDAtNzAwMC04MDAw….
        recovery_wrapped_keys (str): The private keys under the recovery code: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    key_history: list[Statement]
    recovery_token: str
    recovery_wrapped_keys: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key_history = []
        for key_history_item_data in self.key_history:
            key_history_item = key_history_item_data.to_dict()
            key_history.append(key_history_item)

        recovery_token = self.recovery_token

        recovery_wrapped_keys = self.recovery_wrapped_keys

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key_history": key_history,
                "recovery_token": recovery_token,
                "recovery_wrapped_keys": recovery_wrapped_keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.statement import Statement

        d = dict(src_dict)
        key_history = []
        _key_history = d.pop("key_history")
        for key_history_item_data in _key_history:
            key_history_item = Statement.from_dict(key_history_item_data)

            key_history.append(key_history_item)

        recovery_token = d.pop("recovery_token")

        recovery_wrapped_keys = d.pop("recovery_wrapped_keys")

        recovered_keys = cls(
            key_history=key_history,
            recovery_token=recovery_token,
            recovery_wrapped_keys=recovery_wrapped_keys,
        )

        recovered_keys.additional_properties = d
        return recovered_keys

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
