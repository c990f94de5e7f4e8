//! Smaregi on your own machine: an offline emulator driven by the catalogue
