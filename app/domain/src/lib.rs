//! Rules of Kolonka.
