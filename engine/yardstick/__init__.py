"""The yardstick of understanding: measuring sets, scores, a gate with thresholds, a page for the admin."""
