"""What is wrong with the pool before anybody complains."""
