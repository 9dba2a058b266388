//! The house talks: one conversation for set-up, running and questions, understood with no language model.
