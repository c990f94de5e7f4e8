//! What is done with an answer. Every function here runs inside one unit of work: it applies what was read and writes the follow-up
//! work with it, so there is no moment at which one is stored without the other. No function here makes a call.

pub mod history;
pub mod listings;
pub mod orders_in;
pub mod products_in;
pub mod publish;
pub mod sales_in;
pub mod stock;
