//! From samples to clinical measures.
