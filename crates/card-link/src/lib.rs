//! How a host reaches an element.
