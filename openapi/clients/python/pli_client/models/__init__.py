"""Contains all the data models used in inputs/outputs"""

from .account import Account
from .between import Between
from .content_type import ContentType
from .conversation import Conversation
from .conversation_page import ConversationPage
from .credentials import Credentials
from .current_password import CurrentPassword
from .entry import Entry
from .entry_page import EntryPage
from .envelope import Envelope
from .export import Export
from .fault import Fault
from .inbox import Inbox
from .kdf import Kdf
from .kdf_name import KdfName
from .known_network import KnownNetwork
from .message import Message
from .message_page import MessagePage
from .name import Name
from .new_account import NewAccount
from .new_keys import NewKeys
from .new_message import NewMessage
from .new_recovery import NewRecovery
from .own_conversation import OwnConversation
from .own_file import OwnFile
from .own_keys import OwnKeys
from .password_change import PasswordChange
from .password_reset import PasswordReset
from .person import Person
from .problem import Problem
from .profile import Profile
from .read_mark import ReadMark
from .recipient import Recipient
from .recipient_header import RecipientHeader
from .recovered_keys import RecoveredKeys
from .recovery import Recovery
from .recovery_proof import RecoveryProof
from .rotation import Rotation
from .sent import Sent
from .session import Session
from .session_list import SessionList
from .signature import Signature
from .signed_in import SignedIn
from .signed_out import SignedOut
from .statement import Statement
from .status import Status
from .stored_file import StoredFile
from .token_pair import TokenPair
from .user import User
from .user_change import UserChange
from .user_page import UserPage

__all__ = (
    "Account",
    "Between",
    "ContentType",
    "Conversation",
    "ConversationPage",
    "Credentials",
    "CurrentPassword",
    "Entry",
    "EntryPage",
    "Envelope",
    "Export",
    "Fault",
    "Inbox",
    "Kdf",
    "KdfName",
    "KnownNetwork",
    "Message",
    "MessagePage",
    "Name",
    "NewAccount",
    "NewKeys",
    "NewMessage",
    "NewRecovery",
    "OwnConversation",
    "OwnFile",
    "OwnKeys",
    "PasswordChange",
    "PasswordReset",
    "Person",
    "Problem",
    "Profile",
    "ReadMark",
    "Recipient",
    "RecipientHeader",
    "RecoveredKeys",
    "Recovery",
    "RecoveryProof",
    "Rotation",
    "Sent",
    "Session",
    "SessionList",
    "Signature",
    "SignedIn",
    "SignedOut",
    "Statement",
    "Status",
    "StoredFile",
    "TokenPair",
    "User",
    "UserChange",
    "UserPage",
)
