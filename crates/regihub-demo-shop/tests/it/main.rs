//! The shop as others see it: the hub through the contract, a customer through the pages.

mod common;
mod contract;
mod faults;
mod pages;
mod random;
mod restart;
mod webhooks;
