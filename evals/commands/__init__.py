"""One file a command: the only room where extracting, grading and presenting meet."""
