//! Axes, bins and sums of histograms.
