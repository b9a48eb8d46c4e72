// A stand-in for metrics-server, enough for a HorizontalPodAutoscaler on CPU and "kubectl top": it answers
// metrics.k8s.io/v1beta1 from the summary of the only node. It talks to nobody but the API server's front
// proxy, whose certificate it asks for.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	base        = "/apis/metrics.k8s.io/v1beta1"
	callTimeout = 10 * time.Second
)

func certificatesIn(file string) *x509.CertPool {
	pem, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		log.Fatalf("%s has no certificate", file)
	}
	return pool
}

// The path below base, as its parts.
func partsOf(path string) []string {
	return strings.Split(strings.Trim(strings.TrimPrefix(path, base), "/"), "/")
}

// What a path asks for; nil where there is nothing.
func answer(cluster *cluster, path, selector string) (any, error) {
	part := partsOf(path)
	switch {
	case part[0] == "":
		return resources(), nil
	case part[0] == "nodes" && len(part) == 1:
		return cluster.nodes()
	case part[0] == "pods" && len(part) == 1:
		return cluster.pods("", selector)
	case part[0] == "namespaces" && len(part) == 3 && part[2] == "pods":
		return cluster.pods(part[1], selector)
	}
	return nil, nil
}

func main() {
	api := flag.String("api", "", "address of the API server")
	listen := flag.String("listen", "", "address to serve on")
	pki := flag.String("pki", "", "folder with the cluster's certificates")
	node := flag.String("node", "", "name of the node")
	flag.Parse()
	certificate, err := tls.LoadX509KeyPair(*pki+"/admin.crt", *pki+"/admin.key")
	if err != nil {
		log.Fatal(err)
	}
	cluster := &cluster{api: *api, node: *node, client: &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: certificatesIn(*pki + "/ca.crt"), Certificates: []tls.Certificate{certificate}}},
	}}
	server := &http.Server{
		Addr:              *listen,
		ReadHeaderTimeout: callTimeout,
		TLSConfig: &tls.Config{
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: certificatesIn(*pki + "/front.crt")},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, base) {
				http.NotFound(w, r)
				return
			}
			found, err := answer(cluster, r.URL.Path, r.URL.Query().Get("labelSelector"))
			switch {
			case err != nil:
				log.Print(err)
				http.Error(w, err.Error(), http.StatusInternalServerError)
			case found == nil:
				http.NotFound(w, r)
			default:
				w.Header().Set("Content-Type", "application/json")
				if err := json.NewEncoder(w).Encode(found); err != nil {
					log.Print(err)
				}
			}
		}),
	}
	log.Fatal(server.ListenAndServeTLS(*pki+"/apiserver.crt", *pki+"/apiserver.key"))
}
