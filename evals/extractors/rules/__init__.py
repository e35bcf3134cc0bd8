"""The rules of the baseline extractor: what a user's words say, English and Chinese, one idea a file."""
