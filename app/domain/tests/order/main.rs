//! Orders by theme: what each event does to pump, money and people.

mod closed_by_person;
mod discrepancies;
mod foreign_money;
mod goods;
mod late_ends;
mod payment_reads;
mod reading;
mod refunds;
mod releases;
mod reserves;
mod returns_in_flight;
mod reversals;
mod second_payments;
mod settlement;
mod starts;
mod uncertain_fuel;
mod words;
