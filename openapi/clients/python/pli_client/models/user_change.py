from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="UserChange")


@_attrs_define
class UserChange:
    """What staff changes of an account. What is absent stays.

    Attributes:
        is_active (bool | Unset): Whether the account may sign in and be written to. Example: True.
        is_staff (bool | Unset): Whether the account is staff. Example: False.
    """

    is_active: bool | Unset = UNSET
    is_staff: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        is_active = self.is_active

        is_staff = self.is_staff

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if is_active is not UNSET:
            field_dict["is_active"] = is_active
        if is_staff is not UNSET:
            field_dict["is_staff"] = is_staff

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        is_active = d.pop("is_active", UNSET)

        is_staff = d.pop("is_staff", UNSET)

        user_change = cls(
            is_active=is_active,
            is_staff=is_staff,
        )

        return user_change
