"""One record for each net and each statistic, read by config, models, report and docs."""
