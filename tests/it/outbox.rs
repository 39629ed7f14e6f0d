//! What Sellerdesk asks of KooGallery over its open APIs, from the desk to the simulated gateway and back.

mod cancelled;
mod certificates;
mod claims;
mod command_line;
mod faults;
mod heartbeats;
mod killed;
mod large;
mod licenses;
mod lost_answers;
mod numbers;
mod order_data;
mod orders;
mod secrets;
mod stopped;
mod uploads;
mod usage;
mod usage_corrections;
mod usage_faults;
mod usage_settled;
