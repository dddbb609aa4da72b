//! gRPC codes as suites write them.

use tonic::Code;

const CODES: [(&str, Code); 17] = [
    ("ok", Code::Ok),
    ("cancelled", Code::Cancelled),
    ("unknown", Code::Unknown),
    ("invalid-argument", Code::InvalidArgument),
    ("deadline-exceeded", Code::DeadlineExceeded),
    ("not-found", Code::NotFound),
    ("already-exists", Code::AlreadyExists),
    ("permission-denied", Code::PermissionDenied),
    ("resource-exhausted", Code::ResourceExhausted),
    ("failed-precondition", Code::FailedPrecondition),
    ("aborted", Code::Aborted),
    ("out-of-range", Code::OutOfRange),
    ("unimplemented", Code::Unimplemented),
    ("internal", Code::Internal),
    ("unavailable", Code::Unavailable),
    ("data-loss", Code::DataLoss),
    ("unauthenticated", Code::Unauthenticated),
];

/// The code of a word.
pub(crate) fn of(word: &str) -> Option<Code> {
    CODES.iter().find(|(name, _)| *name == word).map(|(_, code)| *code)
}

/// The word of a code.
pub(crate) fn word(code: Code) -> &'static str {
    CODES.iter().find(|(_, known)| *known == code).map_or("unknown", |(name, _)| name)
}
