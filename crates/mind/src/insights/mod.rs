//! What history says of energy, security and comfort, with figures and the rows behind them.
