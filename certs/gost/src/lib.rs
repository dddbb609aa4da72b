//! GOST R 34.10-2012 and 34.310-2004 signatures with the Kazakh encodings.
