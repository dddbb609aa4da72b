//! The meaning of the bus's words: identifiers, rejections, time, chance, the synthetic population.
