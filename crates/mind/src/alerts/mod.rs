//! Alert rules over metrics and baselines, and alerts that others send in.
