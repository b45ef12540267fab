"""Looking at datasets and judging them: checks, contact sheets, reports. Nothing here changes a dataset."""
