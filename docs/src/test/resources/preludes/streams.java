//// In a minute, with Java
URI url = url();
