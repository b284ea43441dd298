"""One record for each net, baseline, statistic and scenario parameter, read everywhere."""
