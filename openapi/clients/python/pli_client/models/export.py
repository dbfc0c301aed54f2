from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.account import Account
    from ..models.entry import Entry
    from ..models.known_network import KnownNetwork
    from ..models.own_conversation import OwnConversation
    from ..models.own_file import OwnFile
    from ..models.session import Session
    from ..models.statement import Statement


T = TypeVar("T", bound="Export")


@_attrs_define
class Export:
    """Everything that the server holds of an account, but for the hashes of its secrets and the bytes of its files, which
    `GET /messaging/download_file/{file_id}` gives.

        Attributes:
            account (Account): An account, as its owner sees it.
            conversations (list[OwnConversation]): Its conversations.
            entries (list[Entry]): Its mailbox, oldest entry first.
            files (list[OwnFile]): The files that it uploaded.
            key_history (list[Statement]): The key history, oldest statement first.
            networks (list[KnownNetwork]): The networks that it has signed in from.
            sessions (list[Session]): Where the account is signed in.
            recovery_wrapped_keys (str | Unset): The private keys under the recovery code: a compact JWE. Absent without
                recovery. Example: eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
            wrapped_keys (str | Unset): The private keys under the password: a compact JWE. Absent without keys. Example:
                eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    account: Account
    conversations: list[OwnConversation]
    entries: list[Entry]
    files: list[OwnFile]
    key_history: list[Statement]
    networks: list[KnownNetwork]
    sessions: list[Session]
    recovery_wrapped_keys: str | Unset = UNSET
    wrapped_keys: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        conversations = []
        for conversations_item_data in self.conversations:
            conversations_item = conversations_item_data.to_dict()
            conversations.append(conversations_item)

        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_dict()
            files.append(files_item)

        key_history = []
        for key_history_item_data in self.key_history:
            key_history_item = key_history_item_data.to_dict()
            key_history.append(key_history_item)

        networks = []
        for networks_item_data in self.networks:
            networks_item = networks_item_data.to_dict()
            networks.append(networks_item)

        sessions = []
        for sessions_item_data in self.sessions:
            sessions_item = sessions_item_data.to_dict()
            sessions.append(sessions_item)

        recovery_wrapped_keys = self.recovery_wrapped_keys

        wrapped_keys = self.wrapped_keys

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account": account,
                "conversations": conversations,
                "entries": entries,
                "files": files,
                "key_history": key_history,
                "networks": networks,
                "sessions": sessions,
            }
        )
        if recovery_wrapped_keys is not UNSET:
            field_dict["recovery_wrapped_keys"] = recovery_wrapped_keys
        if wrapped_keys is not UNSET:
            field_dict["wrapped_keys"] = wrapped_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account import Account
        from ..models.entry import Entry
        from ..models.known_network import KnownNetwork
        from ..models.own_conversation import OwnConversation
        from ..models.own_file import OwnFile
        from ..models.session import Session
        from ..models.statement import Statement

        d = dict(src_dict)
        account = Account.from_dict(d.pop("account"))

        conversations = []
        _conversations = d.pop("conversations")
        for conversations_item_data in _conversations:
            conversations_item = OwnConversation.from_dict(conversations_item_data)

            conversations.append(conversations_item)

        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = Entry.from_dict(entries_item_data)

            entries.append(entries_item)

        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = OwnFile.from_dict(files_item_data)

            files.append(files_item)

        key_history = []
        _key_history = d.pop("key_history")
        for key_history_item_data in _key_history:
            key_history_item = Statement.from_dict(key_history_item_data)

            key_history.append(key_history_item)

        networks = []
        _networks = d.pop("networks")
        for networks_item_data in _networks:
            networks_item = KnownNetwork.from_dict(networks_item_data)

            networks.append(networks_item)

        sessions = []
        _sessions = d.pop("sessions")
        for sessions_item_data in _sessions:
            sessions_item = Session.from_dict(sessions_item_data)

            sessions.append(sessions_item)

        recovery_wrapped_keys = d.pop("recovery_wrapped_keys", UNSET)

        wrapped_keys = d.pop("wrapped_keys", UNSET)

        export = cls(
            account=account,
            conversations=conversations,
            entries=entries,
            files=files,
            key_history=key_history,
            networks=networks,
            sessions=sessions,
            recovery_wrapped_keys=recovery_wrapped_keys,
            wrapped_keys=wrapped_keys,
        )

        export.additional_properties = d
        return export

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
