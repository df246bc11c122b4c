//! Java Card files: bytes to tables and back.
