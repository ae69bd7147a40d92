//! The formulas of momenta, angles and masses, one number at a time.
