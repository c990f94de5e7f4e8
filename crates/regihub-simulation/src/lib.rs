//! Whole-system runs by seed in virtual time
