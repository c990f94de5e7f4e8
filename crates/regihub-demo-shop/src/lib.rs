//! A small storefront that implements the generic channel contract
