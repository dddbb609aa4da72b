//! Keys, raw signatures, building and raw verifying of CMS; no policy.
