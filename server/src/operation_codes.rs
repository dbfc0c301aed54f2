//! Which errors each operation answers with, for the OpenAPI document. Tests hold every answer
//! against it.

use serde_json::Value;

use crate::error::Code;

/// The operations that need room on the disk.
const WRITES: [&str; 18] = [
    "register",
    "login",
    "refresh",
    "logout",
    "end_session",
    "change_password",
    "rotate_keys",
    "set_recovery",
    "recovery_keys",
    "reset_password",
    "delete_account",
    "change_user",
    "send_message",
    "mark_read",
    "delete_message",
    "upload_file",
    "append_to_upload",
    "remove_file",
];

/// The codes that an operation answers with by itself.
fn own_codes(operation: &str) -> &'static [Code] {
    match operation {
        "register" => &[
            Code::BadHistory,
            Code::WrongSubject,
            Code::BadWrappedKeys,
            Code::MissingToken,
            Code::InvalidToken,
            Code::ExpiredToken,
            Code::SessionEnded,
            Code::StaffNotGranted,
            Code::RegistrationClosed,
            Code::UsernameTaken,
            Code::EmailTaken,
            Code::KeyInUse,
            Code::KeysChanged,
            Code::TooManyRequests,
        ],
        "login" => &[Code::WrongCredentials, Code::TooManyRequests],
        "change_password" => &[
            Code::BadHistory,
            Code::WrongSubject,
            Code::BadWrappedKeys,
            Code::WrongPassword,
            Code::KeyInUse,
            Code::KeysChanged,
            Code::TooManyRequests,
        ],
        "rotate_keys" => &[
            Code::BadHistory,
            Code::WrongSubject,
            Code::BadWrappedKeys,
            Code::WrongPassword,
            Code::StaleHistory,
            Code::KeyInUse,
            Code::KeysChanged,
            Code::TooManyRequests,
        ],
        "set_recovery" => {
            &[Code::BadWrappedKeys, Code::WrongPassword, Code::KeysChanged, Code::TooManyRequests]
        }
        "recovery_keys" => &[Code::WrongRecovery, Code::TooManyRequests],
        "reset_password" => &[Code::BadWrappedKeys, Code::KeysChanged],
        "export_account" => &[Code::WrongPassword, Code::TooManyRequests],
        "delete_account" => &[Code::WrongPassword, Code::LastStaff, Code::TooManyRequests],
        "end_session" => &[Code::SessionNotFound],
        "all_users" => &[Code::NotStaff],
        "change_user" => &[Code::NotStaff, Code::UserNotFound, Code::LastStaff],
        "user" => &[Code::UserNotFound],
        "lookup" => &[Code::UserNotFound, Code::TooManyRequests],
        "send_message" => &[
            Code::BadEnvelope,
            Code::ForgedSender,
            Code::ReceiverNotFound,
            Code::FileNotFound,
            Code::MessageIdTaken,
            Code::SenderHasNoKeys,
            Code::ReceiverHasNoKeys,
            Code::RecipientsMismatch,
            Code::QuotaExceeded,
            Code::TooManyRequests,
        ],
        "receive_messages" => &[Code::NotAParticipant, Code::UserNotFound, Code::TooManyRequests],
        "delete_message" => &[Code::MessageNotFound],
        "conversation" | "mark_read" => &[Code::ConversationNotFound],
        "upload_file" => &[
            Code::UploadLengthMismatch,
            Code::TusExtension,
            Code::TusVersion,
            Code::UploadTooLong,
            Code::FileTooLarge,
            Code::QuotaExceeded,
        ],
        "upload_offset" => {
            &[Code::TusExtension, Code::FileNotFound, Code::UploadExpired, Code::TusVersion]
        }
        "append_to_upload" => &[
            Code::TusExtension,
            Code::FileNotFound,
            Code::WrongOffset,
            Code::UploadTakenOver,
            Code::UploadExpired,
            Code::TusVersion,
            Code::UploadTooLong,
        ],
        "remove_file" => &[
            Code::TusExtension,
            Code::FileNotFound,
            Code::FileInUse,
            Code::UploadExpired,
            Code::TusVersion,
        ],
        "describe_file" => &[Code::FileNotFound],
        "download_file" => &[Code::FileNotFound, Code::RangeNotSatisfiable],
        _ => &[],
    }
}

/// All codes that an operation may answer with.
pub(crate) fn codes(operation: &Value) -> Vec<Code> {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let mut codes = own_codes(id).to_vec();
    codes.extend([Code::InvalidParameter, Code::Internal, Code::Unavailable]);
    if operation.get("requestBody").is_some() {
        codes.extend([Code::UnreadableBody, Code::RequestTimeout]);
        codes.extend([Code::UnsupportedMediaType, Code::UnsupportedEncoding]);
    }
    if operation.pointer("/requestBody/content/application~1json").is_some() {
        codes.extend([Code::MalformedJson, Code::InvalidRequest, Code::BodyTooLarge]);
    }
    if operation.get("security").is_some() {
        codes.extend([Code::MissingToken, Code::InvalidToken, Code::ExpiredToken]);
    }
    // A recovery token belongs to no session.
    if operation.get("security").is_some() && id != "reset_password" {
        codes.push(Code::SessionEnded);
    }
    if WRITES.contains(&id) {
        codes.push(Code::StorageFull);
    }
    codes
}
