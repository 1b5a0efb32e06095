package admin

import "net/http"

// htmlPage returns the error page of nginx, which answers requests that do not reach Kong.
func htmlPage(status int, title string) *answer {
	return &answer{status: status, body: html("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n" +
		"<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n")}
}

func refusedPage(status int) *answer {
	title := "400 Bad Request"
	if status == http.StatusMethodNotAllowed {
		title = "405 Not Allowed"
	}
	return htmlPage(status, title)
}
