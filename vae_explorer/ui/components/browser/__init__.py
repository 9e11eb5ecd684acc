"""What all components share: messages in the browser, blocks of bytes, one bundle."""
