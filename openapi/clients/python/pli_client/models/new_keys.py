from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_recovery import NewRecovery
    from ..models.statement import Statement


T = TypeVar("T", bound="NewKeys")


@_attrs_define
class NewKeys:
    """The keys of a new account.

    Attributes:
        history (list[Statement]): The key history, oldest statement first.
        wrapped_keys (str): The private keys under the password: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
        recovery (NewRecovery | Unset): A second copy of the private keys, under a recovery code.
    """

    history: list[Statement]
    wrapped_keys: str
    recovery: NewRecovery | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        history = []
        for history_item_data in self.history:
            history_item = history_item_data.to_dict()
            history.append(history_item)

        wrapped_keys = self.wrapped_keys

        recovery: dict[str, Any] | Unset = UNSET
        if not isinstance(self.recovery, Unset):
            recovery = self.recovery.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "history": history,
                "wrapped_keys": wrapped_keys,
            }
        )
        if recovery is not UNSET:
            field_dict["recovery"] = recovery

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.new_recovery import NewRecovery
        from ..models.statement import Statement

        d = dict(src_dict)
        history = []
        _history = d.pop("history")
        for history_item_data in _history:
            history_item = Statement.from_dict(history_item_data)

            history.append(history_item)

        wrapped_keys = d.pop("wrapped_keys")

        _recovery = d.pop("recovery", UNSET)
        recovery: NewRecovery | Unset
        if isinstance(_recovery, Unset):
            recovery = UNSET
        else:
            recovery = NewRecovery.from_dict(_recovery)

        new_keys = cls(
            history=history,
            wrapped_keys=wrapped_keys,
            recovery=recovery,
        )

        return new_keys
