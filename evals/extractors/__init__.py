"""Systems under test, one file each: they see messages, never gold (`controls` excepted), and no grading."""
