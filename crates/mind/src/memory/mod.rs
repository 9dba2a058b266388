//! What the household told the house, and what it learned from living with them.
