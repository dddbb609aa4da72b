//! The agency systems and the fronts, one module each.
