from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.account import Account
    from ..models.statement import Statement


T = TypeVar("T", bound="SignedIn")


@_attrs_define
class SignedIn:
    """What signing in gives.

    Attributes:
        access_token (str): JWT for all other calls. Example:
            eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6IjAxOWE0YzNlLTVlNDAtNzAwMC04MDAw….
        account (Account): An account, as its owner sees it.
        expires_in (int): Seconds until the access token expires. Example: 600.
        refresh_token (str): JWT for `GET /auth/refresh`. Each is good for one call. Example:
            eyJ0eXAiOiJydCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6IjAxOWE0YzNlLTVlNDAtNzAwMC04MDAw….
        token_type (str): Always `Bearer`. Example: Bearer.
        key_history (list[Statement] | Unset): The account's key history, oldest statement first. Absent without keys.
        wrapped_keys (str | Unset): The account's private keys under its password: a compact JWE. Absent without keys.
            Example: eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    access_token: str
    account: Account
    expires_in: int
    refresh_token: str
    token_type: str
    key_history: list[Statement] | Unset = UNSET
    wrapped_keys: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        access_token = self.access_token

        account = self.account.to_dict()

        expires_in = self.expires_in

        refresh_token = self.refresh_token

        token_type = self.token_type

        key_history: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.key_history, Unset):
            key_history = []
            for key_history_item_data in self.key_history:
                key_history_item = key_history_item_data.to_dict()
                key_history.append(key_history_item)

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "access_token": access_token,
                "account": account,
                "expires_in": expires_in,
                "refresh_token": refresh_token,
                "token_type": token_type,
            }
        )
        if key_history is not UNSET:
            field_dict["key_history"] = key_history
        if wrapped_keys is not UNSET:
            field_dict["wrapped_keys"] = wrapped_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account import Account
        from ..models.statement import Statement

        d = dict(src_dict)
        access_token = d.pop("access_token")

        account = Account.from_dict(d.pop("account"))

        expires_in = d.pop("expires_in")

        refresh_token = d.pop("refresh_token")

        token_type = d.pop("token_type")

        _key_history = d.pop("key_history", UNSET)
        key_history: list[Statement] | Unset = UNSET
        if _key_history is not UNSET:
            key_history = []
            for key_history_item_data in _key_history:
                key_history_item = Statement.from_dict(key_history_item_data)

                key_history.append(key_history_item)

        wrapped_keys = d.pop("wrapped_keys", UNSET)

        signed_in = cls(
            access_token=access_token,
            account=account,
            expires_in=expires_in,
            refresh_token=refresh_token,
            token_type=token_type,
            key_history=key_history,
            wrapped_keys=wrapped_keys,
        )

        signed_in.additional_properties = d
        return signed_in

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
