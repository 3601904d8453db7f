"""What nobody has to read: errors in three parts, quiet TensorFlow, whole files, fast steps."""
