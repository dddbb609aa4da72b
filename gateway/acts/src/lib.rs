//! The regulations as data, typed and validated.
